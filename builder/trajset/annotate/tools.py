"""What a tool is for, in any harness: a table by name, then by the shape of the arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct

from trajset.annotate.blocks import SEARCH as _SEARCH
from trajset.annotate.blocks import search_replace_blocks
from trajset.trajectory import ToolCall

Kind = Literal[
    "shell", "session", "read", "edit", "write", "search", "list", "fetch", "websearch", "task",
    "job", "plan", "question", "todo", "code", "skill", "remote", "finish", "other",
]  # fmt: skip

_NAMES: dict[Kind, str] = {
    "shell": "bash shell localshell execcommand executecommand executebash "
    "runshellcommand terminal "
    "runterminalcmd runterminalcommand runinterminal runcommand powershell execute exec cmd "
    "shellcommand shelltool containerexec run runbash bashtool console userbash runcommands sh",
    "session": "writestdin writebash bashinput sendinput sendcommandinput writetoterminal",
    "job": "bashoutput readbash taskoutput killshell killbash stopbash taskstop listbash waitbash "
    "agentoutput agentoutputtool getterminaloutput checkcommandstatus commandstatus "
    "readthreadterminal killtask monitor wait waitforagent waitagent closeagent gettaskoutput",
    "read": "read readfile view viewimage cat readmanyfiles readtextfile open openfile "
    "readmultiplefiles "
    "viewfile notebookread getfilecontents readnotebook readmediafile fileread "
    "viewfileoutline goto "
    "scrolldown scrollup",
    "edit": "edit multiedit strreplace strreplaceeditor strreplacebasededittool applypatch replace "
    "replaceinfile editfile searchreplace notebookedit insert insertedit inserteditintofile "
    "insertcontent applydiff replacestringinfile multireplacestringinfile patch fileeditor "
    "searchandreplace multiedittool insertcodeblock updatefile texteditor editnotebookfile "
    "replacefilecontent multireplacefilecontent hashlineedit",
    "write": "write writefile create createfile writetofile filewrite newfile savefile",
    "search": "grep search searchfiles searchfilecontent codebasesearch grepsearch "
    "ripgrep searchfile "
    "searchdir searchcode semanticsearch codesearch rg grepcode searchindirectory findbyname",
    "list": "glob ls list listfiles listdir listdirectory filesearch findfile findfiles find tree "
    "globfilesearch listcodedefinitionnames directorytree listallowedirectories viewdirectory",
    "fetch": "webfetch fetch fetchurl readurl openurl browsernavigate navigate gotourl httprequest "
    "urlfetch fetchwebpage opensimplebrowser readurlcontent visit browse",
    "websearch": "websearch googlewebsearch searchweb websearchexa bravewebsearch exasearch",
    "task": "task agent subagent spawnagent delegate newtask runsubagent dispatchagent "
    "subagentfork "
    "browsersubagent explore codereview",
    "plan": "exitplanmode updateplan enterplanmode planmoderespond plan createplan switchmode "
    "presentplan planexit",
    "question": "askuserquestion askfollowupquestion askquestion requestuserinput ask "
    "askuser question "
    "askquestions clarify",
    "todo": "todowrite todoread taskcreate taskupdate tasklist taskget updatetodolist "
    "managetodolist "
    "writetodos updatetopic reportintent todo think",
    "code": "executeipythoncell runipython ipython js python pythonexec runcode codeexecution "
    "executepython executejavascript jupyter evaluatescript browserevaluate",
    "skill": "skill useskill activateskill slashcommand loadskill",
    "finish": "finish submit attemptcompletion taskcomplete complete done exit "
    "reporttask finishtask "
    "structuredoutput exitforfeit",
}  # fmt: skip
KINDS: dict[str, Kind] = {name: kind for kind, names in _NAMES.items() for name in names.split()}

_COMMAND_KEYS = ("command", "cmd", "script", "CommandLine", "commandLine", "commands", "input")
_PATH_KEYS = (
    "file_path", "path", "filePath", "filepath", "notebook_path", "target_file", "file", "filename",
    "relative_path", "absolute_path", "TargetFile", "AbsolutePath", "directory", "dir_path",
    "file_name", "dir", "target_directory", "DirectoryPath", "relative_workspace_path", "folder",
    "image_path", "paths",
)  # fmt: skip
_OLD_KEYS = ("old_string", "oldText", "old_str", "oldString", "search", "old_text", "diff")
_NEW_KEYS = (
    "new_string", "newText", "new_str", "newString", "content", "contents", "file_text", "replace",
    "new_text", "code_edit", "diff", "patch", "patchText", "input", "new_source", "text",
)  # fmt: skip
_PATTERN_KEYS = ("pattern", "query", "regex", "search_term", "glob_pattern", "glob", "q", "Query")
_URL_KEYS = ("url", "uri", "Url", "href", "link")
_NOT_WORD = re.compile(r"[^a-z0-9]")
_PATCHED = re.compile(
    r"^\*\*\* (?:Update|Add|Delete) File: (.+?)\s*$|^\*\*\* Move to: (.+?)\s*$", re.M
)
_DIFFED = re.compile(r"^(?:\+\+\+|---) (?:[ab]/)?(\S+)", re.MULTILINE)
_LINES_OF_PATCH = re.compile(r"^([+-])(?![+-]{2} )(.*)$", re.MULTILINE)


class Action(Struct, frozen=True, gc=False, kw_only=True):
    """A call without its harness: what kind of tool, and on what."""

    kind: Kind
    name: str
    """The tool's own name, lower case, without its MCP server."""
    remote: bool = False
    """Served over MCP."""
    command: str | None = None
    cwd: str | None = None
    paths: tuple[str, ...] = ()
    pattern: str | None = None
    url: str | None = None
    old: str = ""
    new: str = ""


def action_of(call: ToolCall) -> Action:
    """The action of a call; tolerates any arguments."""
    arguments = call.arguments
    remote, name = _own_name(call.tool)
    kind = _kind(name, arguments, remote=remote)
    command = _command(arguments) if kind in ("shell", "code") else None
    if kind == "session":
        command = _first_text(arguments, ("chars", "input", "text", "data"))
    new = _gather(arguments, _NEW_KEYS) if kind in ("edit", "write") else ""
    old = _gather(arguments, _OLD_KEYS) if kind == "edit" else ""
    if kind == "edit" and _SEARCH in new:
        blocks = search_replace_blocks(new)
        return Action(
            kind=kind,
            name=name,
            remote=remote,
            paths=blocks.paths or _paths(arguments, ""),
            old=blocks.old,
            new=blocks.new,
        )
    if (kind == "edit" and "input" in arguments) or "patch" in name or "patchText" in arguments:
        signed = _LINES_OF_PATCH.findall(new)
        if signed:
            old = "\n".join(text for sign, text in signed if sign == "-")
            paths = _patched_files(new)
            new = "\n".join(text for sign, text in signed if sign == "+")
            return Action(kind=kind, name=name, remote=remote, paths=paths, old=old, new=new)
    return Action(
        kind=kind,
        name=name,
        remote=remote,
        command=command,
        cwd=_first_text(arguments, ("workdir", "cwd", "Cwd", "working_directory", "dir_path")),
        paths=_paths(arguments, new if kind == "edit" else ""),
        pattern=_first_text(arguments, _PATTERN_KEYS),
        url=_first_text(arguments, _URL_KEYS),
        old=old,
        new=new,
    )


def _own_name(tool: str) -> tuple[bool, str]:
    remote = tool.startswith("mcp__") or tool.startswith("mcp_")
    name = tool
    if remote:
        name = tool.rsplit("__", 1)[-1] if "__" in tool else tool.split("_", 2)[-1]
    elif "." in tool or "/" in tool or ":" in tool:
        name = re.split(r"[./:]", tool)[-1] or tool
    return remote, name.lower()


def _kind(name: str, arguments: dict[str, Any], *, remote: bool) -> Kind:
    plain = _NOT_WORD.sub("", name)
    sub = arguments.get("command")
    if plain in ("strreplaceeditor", "fileeditor", "strreplacebasededittool", "texteditor"):
        if sub in ("view", "undo_edit"):
            return "read"
        return "write" if sub == "create" else "edit"
    if plain in KINDS:
        return KINDS[plain]
    if not remote:
        return _by_shape(arguments)
    return "remote"


def _by_shape(arguments: dict[str, Any]) -> Kind:
    """The kind of an unknown tool, from its arguments."""
    if any(isinstance(arguments.get(k), str) for k in ("command", "cmd", "CommandLine")):
        return "shell"
    has_path = any(k in arguments for k in _PATH_KEYS)
    if has_path and any(k in arguments for k in _OLD_KEYS):
        return "edit"
    if has_path and any(k in arguments for k in ("content", "file_text", "contents")):
        return "write"
    if "code" in arguments:
        return "code"
    if has_path and len(arguments) <= 3:
        return "search" if any(k in arguments for k in _PATTERN_KEYS) else "read"
    return "other"


def _command(arguments: dict[str, Any]) -> str | None:
    for key in ("code", *_COMMAND_KEYS):
        value = arguments.get(key)
        if isinstance(value, str):
            return value
        if isinstance(value, list) and value and all(isinstance(v, str) for v in value):
            return _joined(value)
    return None


def _joined(words: list[str]) -> str:
    """An argument vector as one line: the script itself where a shell is handed one."""
    if len(words) >= 3 and words[0].rsplit("/", 1)[-1] in ("bash", "sh", "zsh"):
        return words[-1]
    return " ".join(w if re.fullmatch(r"[\w@%+=:,./-]+", w) else _quoted(w) for w in words)


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\"'\"'") + "'"


def _first_text(arguments: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = arguments.get(key)
        if isinstance(value, str) and value:
            return value
    return None


def _gather(arguments: dict[str, Any], keys: tuple[str, ...]) -> str:
    """The texts under these keys, also one level down in lists of edits."""
    return "\n".join(_texts(arguments, keys))


def _texts(arguments: dict[str, Any], keys: tuple[str, ...]) -> Iterator[str]:
    for key in keys:
        value = arguments.get(key)
        if isinstance(value, str):
            yield value
    for value in arguments.values():
        if isinstance(value, list):
            for one in value[:100]:
                if isinstance(one, dict):
                    for key in keys:
                        if isinstance(one.get(key), str):
                            yield one[key]


def _paths(arguments: dict[str, Any], patch: str) -> tuple[str, ...]:
    found: list[str] = []
    for key in _PATH_KEYS:
        value = arguments.get(key)
        if isinstance(value, str) and value:
            found.append(value)
        elif isinstance(value, list):
            found += [v for v in value if isinstance(v, str)][:50]
    if not found and patch:
        return _patched_files(patch)
    return tuple(dict.fromkeys(found))


def _patched_files(patch: str) -> tuple[str, ...]:
    files = [a or b for a, b in _PATCHED.findall(patch)] or _DIFFED.findall(patch)
    return tuple(dict.fromkeys(f for f in files if f != "/dev/null"))
