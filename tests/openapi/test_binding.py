"""A bound operation makes requests: URL, query, headers, cookies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from arazzo_runner.openapi import Binding, BindingError, bind
from arazzo_runner.values import ABSENT, Request, header
from tests.openapi.support import SERVER, api, operation, parameter, posting


def binding(
    path: str,
    parameters: Sequence[tuple[str, str]] = (),
    declared: Sequence[Any] = (),
    *,
    base_url: str = SERVER,
    **fields: Any,
) -> Binding:
    target = operation(path, parameters=list(declared), **fields)
    return bind(target, base_url=base_url, parameters=parameters)


def url(path: str, given: dict[tuple[str, str], Any], *declared: Any, **more: Any) -> str:
    """The URL without the server's part."""
    bound = binding(path, list(given), declared, **more)
    return bound.request(list(given.values())).url.removeprefix(SERVER)


def test_the_simplest_request() -> None:
    assert binding("/a").request([]) == Request("GET", f"{SERVER}/a")


@pytest.mark.requirement("PAR-08")
def test_path_and_query() -> None:
    declared = [parameter("id", "path"), parameter("q"), parameter("tags", explode=False)]
    given = {("q", "query"): "a b", ("id", "path"): "x/y z", ("tags", "query"): [1, 2]}
    assert url("/a/{id}/b", given, *declared) == "/a/x%2Fy%20z/b?q=a%20b&tags=1,2"


@pytest.mark.requirement("A-37")
def test_undeclared_parameters_are_sent_with_a_note() -> None:
    given = [("id", "path"), ("q", "query"), ("X-H", "header"), ("c", "cookie")]
    bound = binding("/a/{id}", given)
    request = bound.request(["1", [1, 2], ["a", "b"], "d"])
    assert request.url == f"{SERVER}/a/1?q=1&q=2"
    assert request.headers == (("X-H", "a,b"), ("Cookie", "c=d"))
    assert [note.rpartition(" no ")[2] for note in bound.notes] == [
        "path parameter 'id'",
        "query parameter 'q'",
        "header parameter 'X-H'",
        "cookie parameter 'c'",
    ]


def test_absent_values_are_left_out() -> None:
    given = {("a", "query"): ABSENT, ("H", "header"): ABSENT, ("c", "cookie"): ABSENT}
    bound = binding("/x", list(given))
    assert bound.request([ABSENT] * 3) == Request("GET", f"{SERVER}/x")


def test_empty_arrays_leave_no_trace() -> None:
    given = {("a", "query"): [], ("b", "query"): 1, ("c", "query"): {}}
    assert url("/x", given) == "/x?b=1"
    assert binding("/x", [("c", "cookie")]).request([[]]).headers == ()


# -- path keys -----------------------------------------------------------------------------------


@pytest.mark.requirement("PAR-08")
@pytest.mark.parametrize(
    ("path", "given", "expected"),
    [
        ("/#CreateTrainingJob", {}, "/"),
        ("/?Action=X", {}, "/?Action=X"),
        ("/?Action=X", {("q", "query"): 1}, "/?Action=X&q=1"),
        ("/?Action=X&V=1", {("Action", "query"): "Y"}, "/?Action=Y&V=1"),
        ("/?Action=X", {("Action", "query"): ABSENT}, "/?Action=X"),
        ("/?a%20b=1", {("a b", "query"): 2}, "/?a%20b=2"),
        ("/x?type={t}", {("t", "query"): "a b"}, "/x?type=a%20b"),
        ("/x?type={t}", {("t", "path"): "a b"}, "/x?type=a%20b"),
        ("/x?type={t}&y=1", {("t", "path"): ABSENT}, "/x?y=1"),
        ("/x?type={t}", {}, "/x"),
        ("/x{?a,b}", {("b", "query"): 1}, "/x?b=1"),
        ("/{Key+}", {("Key", "path"): "a/b c"}, "/a/b%20c"),
        ("/{+parent}/x", {("parent", "path"): "p/1"}, "/p/1/x"),
        ("/{a|b}", {("b", "path"): "1"}, "/1"),
        ("/{id:[0-9]+}", {("id", "path"): 7}, "/7"),
        ("x/{id}", {("id", "path"): 7}, "/x/7"),
        ("/{a}-{b}", {("b", "path"): 2, ("a", "path"): 1}, "/1-2"),
        ("/a:verb", {}, "/a:verb"),
    ],
)
def test_odd_path_keys(path: str, given: Any, expected: str) -> None:
    assert url(path, given) == expected


def test_aliases_of_a_greedy_parameter_are_one_declaration() -> None:
    for declared, given in (("Key", "Key+"), ("Key+", "Key"), ("Key+", "Key+")):
        bound = binding("/{Key+}", [(given, "path")], [parameter(declared, "path")])
        assert bound.notes == ()
        assert bound.missing == ()
        assert bound.request(["a/b"]).url == f"{SERVER}/a/b"


@pytest.mark.parametrize("style", ["label", "matrix"])
def test_path_styles(style: str) -> None:
    declared = parameter("p", "path", style=style, explode=True)
    expected = {"label": "/x.1.2", "matrix": "/x;p=1;p=2"}[style]
    assert url("/x{p}", {("p", "path"): [1, 2]}, declared) == expected


@pytest.mark.parametrize("value", ["", None, [], ABSENT, ".", "..", b"x"])
def test_values_that_would_change_the_path(value: Any) -> None:
    with pytest.raises(BindingError, match="'p'"):
        url("/a/{p}", {("p", "path"): value})


@pytest.mark.parametrize("value", ["..", "a/../b", "./a", ""])
def test_greedy_values_that_would_change_the_path(value: str) -> None:
    with pytest.raises(BindingError):
        url("/a/{p+}", {("p", "path"): value})
    assert url("/a/{p+}", {("p", "path"): "a..b/.c"}) == "/a/a..b/.c"


def test_a_path_parameter_without_a_place() -> None:
    bound = binding("/a", [("p", "path")])
    assert "path parameter 'p' has no place in /a and is not sent" in bound.notes
    assert bound.request(["x"]).url == f"{SERVER}/a"


# -- servers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("https://h.test", "https://h.test/a"),
        ("https://h.test/", "https://h.test/a"),
        ("https://h.test/v1/#x", "https://h.test/v1/a"),
        ("https://h.test/v1?key=1&q=2", "https://h.test/v1/a?key=1&q=3"),
    ],
)
def test_base_url(base_url: str, expected: str) -> None:
    given = {("q", "query"): 3} if "q=" in expected else {}
    assert url("/a", given, base_url=base_url) == expected


# -- query ---------------------------------------------------------------------------------------


@pytest.mark.requirement("PAR-11", "PAR-13", "A-17")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a=1&b=x y", "/s?a=1&b=x%20y"),
        ("?a=%20&b=%", "/s?a=%20&b=%25"),
        ("a#b", "/s?a%23b"),
        ({"a": [1, 2], "b": "x&y"}, "/s?a=%5B1%2C2%5D&b=x%26y"),
        ([1], "/s?%5B1%5D"),
        ("", "/s"),
        (ABSENT, "/s"),
    ],
)
def test_querystring(value: Any, expected: str) -> None:
    assert url("/s", {("all", "querystring"): value}) == expected


@pytest.mark.requirement("PAR-14")
@pytest.mark.parametrize(
    ("location", "value", "expected"),
    [
        ("query", {"a": 1}, "/s?p=%7B%22a%22%3A1%7D"),
        ("query", "text", "/s?p=text"),
        ("query", None, "/s?p=null"),
        ("query", 1.0, "/s?p=1.0"),
        ("path", [1], "/s/%5B1%5D"),
    ],
)
def test_content_parameters(location: str, value: Any, expected: str) -> None:
    declared = {"name": "p", "in": location, "content": {"application/json": {}}}
    path = "/s/{p}" if location == "path" else "/s"
    assert url(path, {("p", location): value}, declared) == expected


def test_content_parameters_that_are_text_or_not_in_the_url() -> None:
    content = {"content": {"application/json": {}}}
    declared = [
        {"name": "H", "in": "header", **content},
        {"name": "c", "in": "cookie", **content},
        {"name": "t", "in": "query", "content": {"text/plain": {}}},
    ]
    bound = binding("/s", [("H", "header"), ("c", "cookie"), ("t", "query")], declared)
    request = bound.request([{"a": 1}, {"a": 1}, 1.0])
    assert request.headers == (("H", '{"a":1}'), ("Cookie", "c={%22a%22:1}"))
    assert request.url.endswith("?t=1")


# -- headers -------------------------------------------------------------------------------------


@pytest.mark.requirement("PAR-07")
def test_header_names_compare_without_case_and_go_out_as_written() -> None:
    bound = binding("/a", [("x-id", "header")], [parameter("X-ID", "header", required=True)])
    assert bound.notes == ()
    assert bound.missing == ()
    assert bound.request(["1"]).headers == (("x-id", "1"),)


@pytest.mark.parametrize("value", ["a\nb", "a\r\nX: y", "a\n", "\0", "a\x7f", "snow ☃", b"x"])
def test_header_values_that_are_refused(value: Any) -> None:
    with pytest.raises(BindingError, match="'H'"):
        binding("/a", [("H", "header")]).request([value])


def test_header_values_that_are_sent() -> None:
    request = binding("/a", [("H", "header"), ("I", "header")]).request([" a\tb ", "é"])
    assert request.headers == (("H", "a\tb"), ("I", "é"))


def test_a_line_break_at_the_end_is_explained() -> None:
    with pytest.raises(BindingError) as caught:
        binding("/a", [("H", "header")]).request(["token\n"])
    assert "file" in (caught.value.hint or "")
    with pytest.raises(BindingError) as caught:
        binding("/a", [("H", "header")]).request(["to\nken"])
    assert caught.value.hint is None


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\n", "ü"])
def test_header_names_that_are_refused(name: str) -> None:
    with pytest.raises(BindingError, match="name of a header"):
        binding("/a", [(name, "header")])


@pytest.mark.parametrize("location", ["body", "formData", "somewhere", ""])
def test_places_that_do_not_exist(location: str) -> None:
    with pytest.raises(BindingError, match="cannot go to") as caught:
        binding("/a", [("p", location)])
    assert ("requestBody" in (caught.value.hint or "")) == (location in ("body", "formData"))


@pytest.mark.requirement("A-38")
def test_headers_of_http_itself_need_no_declaration() -> None:
    given = [("Authorization", "header"), ("accept", "header"), ("Content-Type", "header")]
    declared = [parameter("Accept", "header", required=True)]
    bound = binding("/a", given, declared, responses={"200": {"content": {"application/json": {}}}})
    assert bound.notes == ()
    assert bound.request(["Bearer x", "text/csv", "a/b"]).headers == (
        ("Authorization", "Bearer x"),
        ("accept", "text/csv"),
        ("Content-Type", "a/b"),
    )


@pytest.mark.requirement("PAR-15")
def test_cookies_are_joined_in_one_header() -> None:
    bound = binding("/a", [("a", "cookie"), ("b", "cookie")])
    assert bound.request(["1", "x y"]).headers == (("Cookie", "a=1; b=x%20y"),)
    assert bound.request(["1\n", ABSENT]).headers == (("Cookie", "a=1%0A"),)


@pytest.mark.parametrize(
    ("types", "accept"),
    [
        (["application/json"], "application/json"),
        (["application/xml", "application/json", "a/b+json"], "application/json, a/b+json"),
        (["text/csv", "image/png"], "text/csv, image/png"),
        (["bad\ntype", "", "ü"], None),
        ([], None),
    ],
)
def test_accept(types: list[str], accept: str | None) -> None:
    responses = {"200": {"content": {name: {} for name in types}}}
    assert header(binding("/a", responses=responses).request([]).headers, "accept") == accept


# -- required ------------------------------------------------------------------------------------


@pytest.mark.requirement("PAR-10")
def test_missing() -> None:
    declared = [
        parameter("id", "path"),
        parameter("other", "path"),
        parameter("q", required=True),
        parameter("r"),
        parameter("Authorization", "header", required=True),
        parameter("H", "header", required=True),
    ]
    bound = binding("/a/{id}/{hole}", [("H", "header")], declared)
    assert [(p.name, p.location) for p in bound.missing] == [
        ("q", "query"),
        ("id", "path"),
        ("hole", "path"),
    ]
    assert all(p.required for p in bound.missing)


def test_required() -> None:
    declared = [parameter("q", required=True), parameter("r")]
    bound = binding("/a/{id}", [("q", "query"), ("r", "query"), ("id", "path")], declared)
    assert [bound.required(index) for index in range(3)] == [True, False, True]


def test_body_requires() -> None:
    schema = {"required": ["a"], "properties": {"a": {"required": ["b"]}, "c": {}}}
    bound = posting({"application/json": {"schema": schema}})
    assert bound.body_requires(("a",))
    assert bound.body_requires(("a", "b"))
    assert not bound.body_requires(("c",))
    assert not bound.body_requires(())
    assert not binding("/a").body_requires(("a",))


# -- bodies in requests --------------------------------------------------------------------------


def test_content_type_only_with_a_body() -> None:
    bound = posting({"application/json": {}})
    assert bound.content_type == "application/json"
    assert bound.request([], {"a": 1}) == Request(
        "POST", f"{SERVER}/things", (("Content-Type", "application/json"),), b'{"a":1}'
    )
    assert bound.request([]) == Request("POST", f"{SERVER}/things")
    assert bound.request([], None).body == b"null"


def test_without_a_body_none_is_sent() -> None:
    bound = binding("/a")
    assert bound.content_type is None
    assert bound.request([], {"a": 1}) == Request("GET", f"{SERVER}/a")


@pytest.mark.requirement("A-38")
def test_the_content_type_of_the_step_wins() -> None:
    bound = posting(
        {"application/json": {}},
        content_type="application/json",
        parameters=[("content-type", "header")],
    )
    request = bound.request(["application/vnd.x+json"], {"a": 1})
    assert request.headers == (("content-type", "application/vnd.x+json"),)
    assert request.body == b'{"a":1}'


def test_a_content_type_header_alone_says_what_the_body_is() -> None:
    bound = posting({"application/json": {}}, parameters=[("Content-Type", "header")])
    for _ in range(2):
        request = bound.request(["application/x-www-form-urlencoded"], {"a": 1})
        assert request.body == b"a=1"
    assert bound.request(["text/json"], {"a": 1}).body == b'{"a":1}'
    absent = bound.request([ABSENT], {"a": 1})
    assert absent.headers == (("Content-Type", "application/json"),)


def test_a_multipart_header_gets_its_boundary() -> None:
    bound = posting({"multipart/form-data": {}}, parameters=[("Content-Type", "header")])
    request = bound.request(["multipart/form-data"], {"a": 1})
    ((name, value),) = request.headers
    assert name == "Content-Type"
    assert value.startswith("multipart/form-data; boundary=")
    assert request.body.startswith(b"--" + value.rpartition("=")[2].encode())


def test_headers_and_cookies_beside_a_body() -> None:
    target = operation(
        "/a",
        "post",
        requestBody={"content": {"application/json": {}}},
        responses={"200": {"content": {"application/json": {}}}},
    )
    bound = bind(
        target, base_url=SERVER, parameters=[("H", "header"), ("c", "cookie")], has_body=True
    )
    assert bound.request(["1", "2"], []).headers == (
        ("H", "1"),
        ("Cookie", "c=2"),
        ("Content-Type", "application/json"),
        ("Accept", "application/json"),
    )


@pytest.mark.requirement("RB-09")
def test_a_body_that_is_not_declared_is_noted() -> None:
    bound = bind(operation("/a"), base_url=SERVER, parameters=[], has_body=True)
    assert bound.content_type == "application/json"
    assert bound.notes == ("GET /a declares no request body",)


@pytest.mark.requirement("RB-08")
def test_a_type_that_is_not_offered_is_noted() -> None:
    bound = posting({"application/json": {}}, content_type="text/csv")
    assert bound.notes == ("POST /things takes application/json, not text/csv",)
    assert posting({"application/json": {}}, content_type="text/json").notes == ()
    assert posting({}, content_type="text/csv").notes == ()


def test_notes_of_the_operation_come_along() -> None:
    bound = binding("/a", [], [{"$ref": "#/none"}])
    assert len(bound.notes) == 1


def test_the_aws_way() -> None:
    """All operations at /, told apart by a fragment and a header."""
    description = api(
        {
            "/#DescribeTrainingJob": {
                "post": {
                    "operationId": "DescribeTrainingJob",
                    "parameters": [parameter("X-Amz-Target", "header", required=True)],
                    "requestBody": {"content": {"application/x-amz-json-1.1": {}}},
                    "responses": {"200": {"content": {"application/x-amz-json-1.1": {}}}},
                }
            }
        }
    )
    (target,) = description.by_id("DescribeTrainingJob")
    bound = bind(
        target,
        base_url="https://api.sagemaker.eu-central-1.amazonaws.com",
        parameters=[("X-Amz-Target", "header")],
        has_body=True,
    )
    assert bound.request(["SageMaker.DescribeTrainingJob"], {"TrainingJobName": "j"}) == Request(
        "POST",
        "https://api.sagemaker.eu-central-1.amazonaws.com/",
        (
            ("X-Amz-Target", "SageMaker.DescribeTrainingJob"),
            ("Content-Type", "application/x-amz-json-1.1"),
            ("Accept", "application/x-amz-json-1.1"),
        ),
        b'{"TrainingJobName":"j"}',
    )
