"""Documents made for measuring: chains of plain steps, and big descriptions."""

from __future__ import annotations

from pathlib import Path

__all__ = ["big_api", "chain"]

DESCRIPTION = """\
openapi: 3.1.0
info: {title: Items, version: 1.0.0}
servers: [{url: SERVER}]
paths:
  /items/{itemId}:
    get:
      operationId: getItem
      parameters:
        - {name: itemId, in: path, required: true, schema: {type: integer}}
      responses:
        '200':
          description: An item
          content: {application/json: {schema: {type: object}}}
"""
HEAD = """\
arazzo: 1.0.1
info: {title: A chain, version: 1.0.0}
sourceDescriptions:
  - {name: items, url: SOURCE, type: openapi}
workflows:
  - workflowId: chain
    inputs: {type: object, properties: {first: {type: integer}}}
    steps:
"""
STEP = """\
      - stepId: step{number}
        operationId: getItem
        parameters: [{{name: itemId, in: path, value: {value}}}]
        successCriteria: [{{condition: $statusCode == 200}}]
        outputs: {{id: $response.body#/id}}
"""
TAIL = """\
    outputs: {id: $steps.LAST.outputs.id}
"""


def chain(folder: Path, url: str, steps: int, *, source: str | None = None) -> Path:
    """A workflow of ``steps`` requests: one parameter, one criterion and one output each.

    Every step after the first sends what the step before put out. ``source``: the description's
    file name, by default that of a small one beside it.
    """
    if source is None:
        source = "items.openapi.yaml"
        (folder / source).write_text(DESCRIPTION.replace("SERVER", url), encoding="utf-8")
    values = ["$inputs.first", *(f"$steps.step{n}.outputs.id" for n in range(1, steps))]
    text = HEAD.replace("SOURCE", source)
    text += "".join(STEP.format(number=n, value=value) for n, value in enumerate(values, 1))
    text += TAIL.replace("LAST", f"step{steps}")
    file = folder / f"chain-{steps}-{source}"
    file.write_text(text, encoding="utf-8")
    return file


OPERATION = """\
  /repositories/{{owner}}/things-{number}/{{thingId}}:
    get:
      summary: Get thing {number} of a repository
      description: |-
        Gets one thing of kind {number}. The owner has to let the caller read the repository: public
        repositories are open to everybody, private ones to their members and to applications that
        an administrator installed with the permission to read things.

        Use the `page` and `perPage` parameters to see more; the `Link` header tells what is next.
        Things that were archived are left out unless `archived` says otherwise, and things that
        the caller must not see look as if they did not exist (the answer is 404, never 403).

        > [!NOTE]
        > This endpoint does not count against the secondary rate limits. Answers are cached for
        > 60 seconds per caller; send `If-None-Match` with the last `ETag` to save both sides work.
      tags:
        - things
      operationId: things/get-{number}
      externalDocs:
        description: What the thing is
        url: https://docs.example.com/rest/things/{number}#get-a-thing
      parameters:
        - $ref: '#/components/parameters/owner'
        - name: thingId
          description: 'The thing: its number, as the list shows it'
          in: path
          required: true
          schema:
            type: integer
        - name: since
          in: query
          required: false
          description: Only what changed after this time, in ISO 8601.
          schema:
            type: string
            format: date-time
            default: '2020-01-01T00:00:00Z'
      responses:
        '200':
          description: Response
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/thing-{number}'
              examples:
                default:
                  value:
                    id: {number}
                    node_id: "MDEwOlJlcG9zaXRvcnkxMjk2MjY5-{number}"
                    private: false
                    score: 1.5
                    tags: [octocat, atom, electron, api]
        '404':
          $ref: '#/components/responses/not_found'
"""
SCHEMA = """\
    thing-{number}:
      title: Thing {number}
      description: A thing of kind {number} with all that belongs to it. Things are made by their
        owner, read by everybody who may read the repository they stand in, and kept for a year
        after they were archived; their number never names another thing.
      type: object
      required:
        - id
        - node_id
      properties:
        id:
          description: Unique identifier of the thing, the same in all regions and for all callers
          example: {number}
          type: integer
          format: int64
        node_id:
          type: string
          example: MDEwOlJlcG9zaXRvcnkxMjk2MjY5
        private:
          description: Whether the thing is private or public. Private things are only listed
            for members of the repository, and their names are not part of search results.
          default: false
          type: boolean
        owner:
          $ref: '#/components/schemas/owner'
        archive_url:
          type: string
          format: uri
          example: 'https://api.example.com/repos/octocat/things/{{archive_format}}{{/ref}}'
        tags:
          type: array
          items:
            type: string
        license:
          anyOf:
            - type: 'null'
            - $ref: '#/components/schemas/owner'
"""
COMPONENTS = """\
components:
  parameters:
    owner:
      name: owner
      in: path
      required: true
      schema: {type: string}
  responses:
    not_found:
      description: Resource not found
  schemas:
    owner:
      type: object
      properties:
        login: {type: string}
"""


def big_api(folder: Path, url: str, megabytes: float) -> Path:
    """A YAML description of about this size, as dense as the biggest public ones.

    18 bytes per parse event; the twelve biggest of the shared corpus have 10 to 23, half of them
    more than 17.

    Its first operation is the one that :func:`chain` uses.
    """
    pair = len(OPERATION.format(number=10000)) + len(SCHEMA.format(number=10000))
    numbers = range(10000, 10000 + int(megabytes * 1_000_000) // pair)
    parts = [DESCRIPTION.replace("SERVER", url)]
    parts += [OPERATION.format(number=number) for number in numbers]
    parts.append(COMPONENTS)
    parts += [SCHEMA.format(number=number) for number in numbers]
    file = folder / f"big-{megabytes}.openapi.yaml"
    file.write_text("".join(parts), encoding="utf-8")
    return file
