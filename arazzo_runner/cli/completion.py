"""``arazzo completion``: a script that teaches a shell the commands and options.

The scripts are made of the data in ``options``: they start no Python while somebody types, but to
read the names of the workflows of a file.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import Final

from arazzo_runner.cli.commands import COMMANDS
from arazzo_runner.cli.options import Command, Option
from arazzo_runner.cli.screen import Screen

__all__ = ["bash_script", "fish_script", "run", "zsh_script"]


def run(values: Namespace, screen: Screen) -> int:
    """Print the script for a shell."""
    scripts: Final = {"bash": bash_script, "zsh": zsh_script, "fish": fish_script}
    screen.out(scripts[values.shell]())
    return 0


def bash_script() -> str:
    """For bash: ``source <(arazzo completion bash)``."""
    options, choices, arguments = [], [], []
    groups: dict[str, list[str]] = {}
    for first, _, second in (name.partition(" ") for name in COMMANDS):
        groups.setdefault(first, []).extend([second] if second else [])
    for name, command in COMMANDS.items():
        options.append(f"    '{name}') words='{' '.join(_flags(command))}'{_named(command)} ;;")
        for option in command.options:
            choices += [_offer(f"'{name}:{flag}'", option.choices) for flag in option.flags]
        arguments += [_offer(f"'{name}'", argument.choices) for argument in command.arguments[:1]]
    return _BASH.format(
        commands=" ".join(groups),
        groups="\n".join(
            f"    {first}) groups='{' '.join(seconds)}' ;;"
            for first, seconds in groups.items()
            if seconds
        )
        or "    -) ;;",
        options="\n".join(options),
        choices="\n".join(filter(None, choices)),
        arguments="\n".join(filter(None, arguments)),
        valued=" ".join(_valued()),
        takes=" | ".join(sorted(f"'{name}:{flag}'" for name, flag in _plain_values())) or "-",
    )


def _offer(case: str, choices: tuple[str, ...]) -> str:
    """A branch of bash's ``case`` that offers these words; nothing without any."""
    if not choices:
        return ""
    return f"    {case}) COMPREPLY=($(compgen -W '{' '.join(choices)}' -- \"$word\")); return ;;"


def _named(command: Command) -> str:
    """In bash: that the second argument is a workflow of the first."""
    return " named=1" if _has_workflow(command) else ""


def _has_workflow(command: Command) -> bool:
    return [argument.name for argument in command.arguments[:2]] == ["FILE", "WORKFLOW_ID"]


def _valued() -> list[str]:
    """Every flag that takes a value."""
    return sorted(
        {
            flag
            for command in COMMANDS.values()
            for option in command.options
            if option.metavar
            for flag in option.flags
        }
    )


def _plain_values() -> Iterator[tuple[str, str]]:
    """Options whose value is neither a file nor a choice: nothing is offered for it."""
    for name, command in COMMANDS.items():
        for option in command.options:
            if option.metavar and not option.choices and not _is_file(option):
                for flag in option.flags:
                    yield name, flag


def _is_file(option: Option) -> bool:
    return (option.metavar or "").startswith(("FILE", "FOLDER", "PATH"))


def _flags(command: Command) -> list[str]:
    return [flag for option in command.options for flag in option.flags] + ["--help"]


_BASH: Final = """\
# bash completion for arazzo
_arazzo() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}"
  local command="${{COMP_WORDS[1]}}" words='' groups='' named='' file='' i
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '{commands} --help --version' -- "$word"))
    return
  fi
  case "$command" in
{groups}
  esac
  if [ -n "$groups" ]; then
    if [ "$COMP_CWORD" -eq 2 ]; then
      COMPREPLY=($(compgen -W "$groups --help" -- "$word"))
      return
    fi
    command="$command ${{COMP_WORDS[2]}}"
  fi
  case "$command:$before" in
{choices}
    {takes}) return ;;
  esac
  case "$command" in
{options}
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$word")); return ;;
  esac
  case "$command" in
{arguments}
  esac
  if [ -n "$named" ]; then
    for ((i = 2; i < COMP_CWORD; i++)); do
      case ' {valued} = ' in *" ${{COMP_WORDS[i-1]}} "*) continue ;; esac
      if [ -f "${{COMP_WORDS[i]}}" ]; then file="${{COMP_WORDS[i]}}"; break; fi
    done
  fi
  if [ -n "$file" ]; then
    words="$("${{COMP_WORDS[0]}}" list "$file" 2>/dev/null </dev/null | sed 's/ .*//')"
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    return
  fi
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -f -- "$word"))
}}
complete -F _arazzo arazzo
"""


def zsh_script() -> str:
    """For zsh: a file ``_arazzo`` in a folder of ``$fpath``, or ``source <(…)``."""
    lines = ["#compdef arazzo", "", "_arazzo() {", "  local -a commands line ids"]
    lines += ["  local state state_descr", "  local -A opt_args", "  commands=("]
    firsts = {name.partition(" ")[0]: c.summary for name, c in reversed(COMMANDS.items())}
    lines += [f"    {_quoted(f'{name}:{text}')}" for name, text in reversed(firsts.items())]
    lines += [
        "  )",
        "  if (( CURRENT == 2 )); then",
        "    _describe command commands",
        "    return",
        "  fi",
        '  local command="$words[2]"',
        "  shift words",
        "  (( CURRENT-- ))",
        *_zsh_groups(),
        '  case "$command" in',
    ]
    for name, command in COMMANDS.items():
        lines.append(f"    '{name}') _arguments -S \\")
        lines += [f"      {spec} \\" for option in command.options for spec in _zsh(option)]
        first = command.arguments[0] if command.arguments else None
        values = f"({' '.join(first.choices)})" if first and first.choices else "_files"
        if _has_workflow(command):
            lines.append("      '1:FILE:_files' '2:WORKFLOW_ID:->workflow' ;;")
        else:
            lines.append(f"      '*:{first.name}:{values}' ;;" if first else "      ;;")
    lines += [
        "  esac",
        "  if [[ $state == workflow ]]; then",
        """    ids=(${(f)"$(arazzo list ${(Q)line[1]} 2>/dev/null </dev/null | sed 's/ .*//')"})""",
        "    compadd -a ids",
        "  fi",
        "}",
        "",
    ]
    lines += ['if [ "$funcstack[1]" = "_arazzo" ]; then', '  _arazzo "$@"']
    lines += ["else", "  compdef _arazzo arazzo", "fi"]
    return "\n".join(lines) + "\n"


def _zsh_groups() -> Iterator[str]:
    """Commands of two words, such as ``aws whoami``."""
    seconds: dict[str, list[str]] = {}
    for first, _, second in (name.partition(" ") for name in COMMANDS):
        if second:
            seconds.setdefault(first, []).append(second)
    for first, names in seconds.items():
        yield f'  if [[ "$command" == {first} ]]; then'
        yield f"    if (( CURRENT == 2 )); then compadd {' '.join(names)}; return; fi"
        yield '    command="$command $words[2]"'
        yield "    shift words"
        yield "    (( CURRENT-- ))"
        yield "  fi"


def _zsh(option: Option) -> Iterator[str]:
    text = option.help.partition(";")[0].replace("[", "(").replace("]", ")").replace(":", "\\:")
    again = "*" if option.repeatable or option.counted else ""
    value = ""
    if option.metavar:
        what = f"({' '.join(option.choices)})" if option.choices else ""
        if not what and _is_file(option):
            what = "_files"
        value = f":{option.metavar.replace(':', ' ')}:{what}"
    for flag in option.flags:
        yield _quoted(f"{again}{flag}[{text}]{value}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def fish_script() -> str:
    """For fish: ``arazzo completion fish | source``."""
    lines = [
        "# fish completion for arazzo",
        _FISH.format(valued=" ".join(_valued())),
        "complete -c arazzo -f",
    ]
    for name, command in COMMANDS.items():
        summary = _fish(command.summary)
        head, _, second = name.partition(" ")
        seen = "__fish_seen_subcommand_from"
        here = f"-n '{seen} {head}'"
        if second:
            here = f"-n '{seen} {head}; and {seen} {second}'"
            only = f"-n '{seen} {head}; and not {seen}"
            lines.append(f"complete -c arazzo {only} {second}' -a {second} -d {summary}")
            summary = _fish(f"commands of {head}")
        line = f"complete -c arazzo -n __fish_use_subcommand -a {head} -d {summary}"
        if line not in lines:
            lines.append(line)
        first = command.arguments[0] if command.arguments else None
        if first is not None:
            offered = f"-f -a '{' '.join(first.choices)}'" if first.choices else "-F"
            if _has_workflow(command):
                named = here[:-1] + "; and __arazzo_file >/dev/null'"
                lines.append(f"complete -c arazzo {named} -f -a '(__arazzo_workflows)'")
                lines.append(f"complete -c arazzo {named.replace('and _', 'and not _')} -F")
            else:
                lines.append(f"complete -c arazzo {here} {offered}")
        for option in command.options:
            flags = " ".join(
                f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}"
                for flag in option.flags
            )
            value = ""
            if option.choices:
                value = f" -x -a '{' '.join(option.choices)}'"
            elif option.metavar:
                value = " -r -F" if _is_file(option) else " -x"
            about = _fish(option.help.partition(";")[0])
            lines.append(f"complete -c arazzo {here} {flags}{value} -d {about}")
    return "\n".join(lines) + "\n"


_FISH: Final = """\
function __arazzo_file
    set -l words (commandline -opc)
    for i in (seq 3 (count $words))
        contains -- $words[(math $i - 1)] {valued}; and continue
        test -f $words[$i]; and echo $words[$i]; and return
    end
    return 1
end
function __arazzo_workflows
    arazzo list (__arazzo_file) 2>/dev/null </dev/null | string replace -r ' .*' ''
end"""


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
