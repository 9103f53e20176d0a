"""The three commonest complaints of shells and of the core utilities, in other languages.

After the catalogues of bash, zsh and GNU coreutils (glibc's `strerror` texts).
"""

from __future__ import annotations

from trajset.annotate.phenomena.phenomenon import Table
from trajset.annotate.phenomena.phenomenon import phenomenon as row

_NOT_FOUND = (
    "Kommando nicht gefunden",
    "Befehl nicht gefunden",
    "commande introuvable",
    "orden no encontrada",
    "no se encontró la orden",
    "comando não encontrado",
    "comando non trovato",
    "opdracht niet gevonden",
    "nie znaleziono polecenia",
    "команда не найдена",
    "未找到命令",
    "找不到命令",
    "コマンドが見つかりません",
    "명령어를 찾을 수 없음",
)
_NO_SUCH_FILE = (
    "Datei oder Verzeichnis nicht gefunden",
    "Aucun fichier ou dossier de ce type",
    "Aucun fichier ou dossier de ce nom",
    "No existe el archivo o el directorio",
    "No existe el fichero o el directorio",
    "Arquivo ou diretório inexistente",
    "Arquivo ou diretório não encontrado",
    "File o directory non esistente",
    "Bestand of map bestaat niet",
    "Nie ma takiego pliku ani katalogu",
    "Нет такого файла или каталога",
    "没有那个文件或目录",
    "沒有此一檔案或目錄",
    "そのようなファイルやディレクトリはありません",
    "그런 파일이나 디렉터리가 없습니다",
)
_DENIED = (
    "Keine Berechtigung",
    "Permission non accordée",
    "Permiso denegado",
    "Permissão negada",
    "Permesso negato",
    "Toegang geweigerd",
    "Brak dostępu",
    "Отказано в доступе",
    "权限不够",
    "拒绝访问",
    "許可がありません",
    "허가 거부",
)
_SHELL_SAYS = r"^(?:\S+: )*(?:line \d+: |\d+: )?(?P<program>[\w./@+-]+) ?: "
_PROGRAM_SAYS = r"^(?:/\S*/)?(?P<program>[\w.+-]+) ?: .{0,400}"


def _any(phrases: tuple[str, ...]) -> str:
    return "(?:" + "|".join(phrases) + ")"


def _needles(phrases: tuple[str, ...]) -> str:
    return "|".join(phrases)


NOT_FOUND: Table = (
    row(
        "command_not_found",
        "missing_dependency",
        _needles(_NOT_FOUND),
        _SHELL_SAYS + _any(_NOT_FOUND),
    ),
)
PLACES: Table = (
    row(
        "no_such_file",
        "model",
        _needles(_NO_SUCH_FILE),
        _PROGRAM_SAYS + _any(_NO_SUCH_FILE),
    ),
)
DENIED: Table = (
    row(
        "permission_denied",
        "sandbox_approval",
        _needles(_DENIED),
        _PROGRAM_SAYS + _any(_DENIED),
    ),
)
