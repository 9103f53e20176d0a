"""A command line as the flat list of the simple commands in it, by tree-sitter's bash grammar.

The grammar recovers from anything, so malformed lines, PowerShell and cmd give commands as well.
Precedence is not taken from the tree: commands are listed in the order of the source, each with
the operator that stands before it, and that is all that the rules need.
"""

from __future__ import annotations

import re
from functools import lru_cache

import tree_sitter_bash
from msgspec import Struct
from tree_sitter import Language, Node, Parser

_PARSER = Parser(Language(tree_sitter_bash.language()))
_LONGEST = 200_000
_MOST_PIPES = 1_000  # the grammar's repetition of stages takes quadratic time
_DEEPEST = 400
_LINKS = {"&&", "||", "|", "|&", "&", ";", ";;", "\n"}
_SUBSTITUTIONS = {"command_substitution", "process_substitution"}
_LOOPS = {"for_statement", "c_style_for_statement", "while_statement"}
_CONDITIONALS = {"if_statement", "elif_clause", "while_statement"}
_ESCAPE = re.compile(r"\\\n|\\(.)", re.DOTALL)


class Command(Struct, gc=False):
    """One simple command. `words` are unquoted, the program first; assignments are left out."""

    words: list[str]
    link: str = ";"
    """Operator before it: `;` (also a newline or the start), `&&`, `||`, `|` or `&`."""
    scope: str = ""
    """`substitution` or `condition` where its status or output goes elsewhere; `loop` in a loop."""
    negated: bool = False
    stdout: str | None = None
    """File that takes the output, if any; `stderr` likewise (`&1` where it joins the output)."""
    stderr: str | None = None
    stdin: str | None = None
    """Text given by a heredoc or herestring."""


class _Frame(Struct, gc=False):
    node: Node
    scope: str
    depth: int


@lru_cache(maxsize=4096)
def parse(line: str) -> tuple[Command, ...]:
    """The simple commands of a command line, in the order of the source. Never raises."""
    line = line[:_LONGEST].replace("\0", "")
    if line.count("|") > _MOST_PIPES:
        line = "|".join(line.split("|", _MOST_PIPES)[:_MOST_PIPES])
    return tuple(_Walk(line.encode("utf-8", "replace")).commands)


class _Walk:
    """One pass over a tree, without recursion (chains nest as deep as they are long)."""

    def __init__(self, source: bytes) -> None:
        self.commands: list[Command] = []
        self._link = ";"
        self._negate = False
        self._stack = [_Frame(_PARSER.parse(source).root_node, "", 0)]
        while self._stack:
            self._visit(self._stack.pop())

    def _visit(self, frame: _Frame) -> None:
        node, kind = frame.node, frame.node.type
        if kind in _LINKS:
            self._link = {"|&": "|", ";;": ";", "\n": ";"}.get(kind, kind)
        elif kind == "!":
            self._negate = True
        elif kind in ("command", "test_command", "declaration_command", "unset_command"):
            self._command(node, frame)
        elif kind == "file_redirect":
            self._redirect(node)
        elif kind == "heredoc_redirect":
            self._heredoc(node, frame)
        elif kind == "herestring_redirect":
            if self.commands and node.named_children:
                self.commands[-1].stdin = _text(node.named_children[-1])
        elif frame.depth < _DEEPEST or kind in ("list", "pipeline"):
            self._descend(node, frame)

    def _descend(self, node: Node, frame: _Frame) -> None:
        scope = frame.scope
        depth = frame.depth + (node.type not in ("list", "pipeline"))
        if node.type in _SUBSTITUTIONS or node.type == "function_definition":
            scope = "substitution"
        inside = scope or ("loop" if node.type in _LOOPS else "")
        frames = []
        in_condition = node.type in _CONDITIONALS
        for child in node.children:
            if child.type in ("then", "do_group", "do"):
                in_condition = False
            held = scope or "condition" if in_condition else inside
            frames.append(_Frame(child, held, depth))
        self._stack.extend(reversed(frames))

    def _command(self, node: Node, frame: _Frame) -> None:
        words: list[str] = []
        later: list[_Frame] = []
        if node.type == "test_command":
            words = ["[", node.text.decode("utf-8", "replace") if node.text else ""]
        else:
            for child in node.children:
                if child.type == "variable_assignment" and not words and node.type == "command":
                    later += _substitutions(child, frame.depth)
                elif child.type in ("file_redirect", "herestring_redirect"):
                    later.append(_Frame(child, frame.scope, frame.depth + 1))
                else:
                    words.append(_text(child))
                    later += _substitutions(child, frame.depth)
        self.commands.append(
            Command(words=words, link=self._link, scope=frame.scope, negated=self._negate)
        )
        self._link, self._negate = ";", False
        self._stack.extend(reversed(later))

    def _redirect(self, node: Node) -> None:
        if not self.commands or not node.named_children:
            return
        command = self.commands[-1]
        operator = next((c.type for c in node.children if not c.is_named), ">")
        descriptor = node.named_children[0]
        number = _text(descriptor) if descriptor.type == "file_descriptor" else ""
        if number and len(node.named_children) < 2:
            return
        target = _text(node.named_children[1 if number else 0])
        if operator.startswith("<"):
            return
        if "&" in operator and target.isdigit():
            if number == "2":
                command.stderr = f"&{target}"
        elif operator in ("&>", "&>>"):
            command.stdout = command.stderr = target
        elif number == "2":
            command.stderr = target
        else:
            command.stdout = target

    def _heredoc(self, node: Node, frame: _Frame) -> None:
        start = next((c for c in node.children if c.type == "heredoc_start"), None)
        body = next((c for c in node.children if c.type == "heredoc_body"), None)
        if start is None or body is None or not self.commands or node.text is None:
            return
        owner = self.commands[-1]
        owner.stdin = body.text.decode("utf-8", "replace") if body.text else ""
        # The rest of the line behind `<<EOF` is parsed by itself: in the node it often is an ERROR.
        rest = node.text[start.end_byte - node.start_byte : body.start_byte - node.start_byte]
        if not rest.strip() or frame.depth > 3:
            return
        inner = _Walk(b": " + rest).commands
        if inner and inner[0].words[:1] == [":"]:
            head = inner.pop(0)
            owner.stdout, owner.stderr = head.stdout or owner.stdout, head.stderr or owner.stderr
        self.commands += inner


def _substitutions(node: Node, depth: int) -> list[_Frame]:
    found: list[_Frame] = []
    stack = [node]
    while stack:
        current = stack.pop()
        if current.type in _SUBSTITUTIONS:
            found.append(_Frame(current, "substitution", depth + 1))
        else:
            stack.extend(reversed(current.children))
    return found


def _text(node: Node) -> str:
    """A word as the program would get it; expansions stay as they are written."""
    kind, raw = node.type, (node.text or b"").decode("utf-8", "replace")
    if kind == "raw_string":
        return raw[1:-1]
    if kind == "string":
        return raw[1:-1].replace('\\"', '"').replace("\\$", "$").replace("\\\\", "\\")
    if kind == "ansi_c_string":
        return raw[2:-1]
    if kind in ("concatenation", "command_name") and node.named_child_count:
        return "".join(_text(child) for child in node.children)
    if kind == "word" and "\\" in raw and not re.match(r"[A-Za-z]:\\", raw):
        return _ESCAPE.sub(lambda m: m[1] or "", raw)
    return raw
