"""What machines, containers, databases and remote services say."""

from __future__ import annotations

from trajset.annotate.phenomena.phenomenon import Table
from trajset.annotate.phenomena.phenomenon import phenomenon as row

ENVIRONMENT: Table = (
    row(
        "port_in_use",
        "background_job",
        "eaddrinuse|address already in use|is already in use|port is already allocated",
        r"EADDRINUSE",
        r"[Aa]ddress already in use",
        r"[Pp]ort \d+ is (?:already )?in use",
        r"port is already allocated",
        confidence=0.7,
    ),
    row(
        "disk_full",
        "unknown",
        "no space left",
        r"No space left on device",
    ),
)

NOT_RUNNING: Table = (
    row(
        "service_not_running",
        "missing_dependency",
        "docker daemon|docker.sock|daemon running|is the server running|no such container|"
        "server is not running|postgresql|redis|daemon is not",
        r"Cannot connect to the Docker daemon",
        r"[Ii]s the docker daemon running",
        r"docker daemon is not running",
        r"error during connect",
        r"Is the server running",
        r"dial unix \S+: connect",
    ),
)

CREDENTIALS: Table = (
    row(
        "no_credentials",
        "missing_dependency",
        "credentials",
        r"^(?:\w[\w. ]{0,16}: )?[Uu]nable to locate credentials",
        r"[Cc]ould not (?:automatically determine|find|load) (?:the )?(?:default )?credentials",
        r"(?:NoCredentialsError|PartialCredentialsError|DefaultCredentialsError)\b",
    ),
)

TOOLCHAIN: Table = (
    row(
        "missing_toolchain",
        "missing_dependency",
        "is not installed|are not installed|toolchain|cannot find -l|"
        "cannot open shared object|library not loaded|no developer tools|xcode|not installed|"
        "unsupported engine|requires python|requires node|please install|"
        "executable doesn't exist|unsupported class file|java_home|sdk|"
        'error while loading shared|requires a different python|engine "node"|ebadengine|'
        "requires go|unit |browser|chromium|linker|pkg-config|fatal error:|unable to locate a java",
        r"toolchain '\S+' (?:is )?not (?:installed|available)",
        r"rustup could not choose",
        r"cannot find -l\w+",
        r"[Ll]ibrary not loaded",
        r"cannot open shared object file",
        r"xcrun: error",
        r"xcode-select: ",
        r"JAVA_HOME is not set",
        r"[Ee]xecutable doesn't exist at",
        r"npx playwright install",
        r"requires a different Python",
        r"linker `\S+` not found",
        r"The (?:system )?library `\S+` required",
        r"pkg-config.{0,80}not found",
        r"fatal error: \S+: No such file",
        r"fatal error: '\S+' file not found",
        r"Unable to locate a Java",
        r"A compatible \.NET SDK was not found",
        r"requires go >=",
        r"Android SDK",
        r"SDK location not found",
        r"UnsupportedClassVersionError",
        r"^.{0,100}\bis not installed\b",
        r"\bUnit \S+ (?:not found|could not be found)",
        r"EBADENGINE.*\n.*error",
    ),
)

CONTAINERS: Table = (
    row(
        "image_not_found",
        "network",
        "pull access denied|manifest|denied: |unauthorized|tls handshake|toomanyrequests",
        r"pull access denied for",
        r"manifest (?:unknown|for \S+ not found)",
        r"Error response from daemon: .{0,200}(?:unauthorized|denied: |TLS handshake|"
        r"toomanyrequests|no such host)",
    ),
    row(
        "cluster_object",
        "model",
        "error: the |error: unable to|error: resource|error: no objects|error: you must",
        r"^error: (?:the path|the server doesn't have|unable to recognize|resource|no objects|"
        r"you must)",
    ),
    row(
        "daemon_refused",
        "model",
        "error response from daemon|no such service|no such container|no such image|no such object",
        r"Error response from daemon: ",
        r"^no such service: ",
        r"^Error: No such (?:container|image|object)",
    ),
)

DATABASES: Table = (
    row(
        "sql_error",
        "model",
        "error:|error 1|no such table|parse error|no such column",
        r"^(?:psql:[^\n]{0,80}: )?ERROR:  \S",
        r"^ERROR \d{4} \(",
        r"^(?:Error: (?:in prepare, |near )|Parse error near line)",
        r"^Error: no such (?:table|column)",
    ),
)

HTTP_BODIES: Table = (
    row(
        "http_error_body",
        "network",
        "4|5|not found|unauthorized|forbidden|authentication|credentials|rate limit|error",
        r"\A\s*\{[^{}\[\]]{0,300}\"(?:status|statusCode|code|status_code)\": ?\"?[45]\d\d\b",
        r"\A\s*\{\s*\"(?:message|detail|error|title)\": ?\"(?:Not [Ff]ound|Requires "
        r"authentication|Bad credentials|[Uu]nauthori[sz]ed|[Ff]orbidden|Internal [Ss]erver "
        r"[Ee]rror|API rate limit|Too [Mm]any [Rr]equests|Not authenticated|Method Not Allowed)",
        r"\A\s*\{\s*\"error\": ?\{[^{}]{0,300}\"code\": ?[45]\d\d\b",
        r"\A\s*(?:<!DOCTYPE[^>]*>\s*)?<html[\s\S]{0,300}<title>\s*(?:Error )?[45]\d\d\b",
        r"\A(?:404: Not Found|404 page not found|Not Found|Forbidden|Unauthorized|Bad Gateway|"
        r"Internal Server Error|Service Unavailable|upstream connect error.*|"
        r"no healthy upstream)\s*\Z",
        confidence=0.85,
    ),
)
"""An error of a server that is the whole answer; `curl` exits 0 on it."""

REMOTE: Table = (
    row(
        "host_not_found",
        "network",
        "could not resolve|enotfound|eai_again|getaddrinfo|name or service not known|"
        "temporary failure in name resolution|no such host|nodename nor servname|"
        "name resolution",
        r"[Cc]ould not resolve (?:host|proxy)",
        r"ENOTFOUND",
        r"EAI_AGAIN",
        r"getaddrinfo",
        r"Name or service not known",
        r"[Tt]emporary failure in name resolution",
        r"no such host",
        r"nodename nor servname",
    ),
    row(
        "connection_failed",
        "network",
        "connection refused|econnrefused|connection reset|econnreset|failed to connect|"
        "connection timed out|etimedout|network is unreachable|no route to host|"
        "socket hang up|connectionerror|couldn't connect|empty reply|remote end closed|"
        "connection closed|broken pipe|can't reach|could not connect|"
        "max retries|connecterror|operation timed out|was refused",
        r"[Cc]onnection refused",
        r"ECONNREFUSED",
        r"[Cc]onnection reset",
        r"ECONNRESET",
        r"[Ff]ailed to connect",
        r"[Cc]onnection timed out",
        r"ETIMEDOUT",
        r"[Nn]etwork is unreachable",
        r"No route to host",
        r"socket hang up",
        r"Couldn't connect",
        r"Can't reach database server",
        r"[Cc]ould not connect to \S+",
        r"^The connection to the server \S+ was refused",
        r"^ssh: connect to host ",
        r"^kex_exchange_identification: ",
        r"Empty reply from server",
        r"Remote end closed connection",
        r"Max retries exceeded",
        r"httpx\.ConnectError",
        r"curl: \((?:6|7|28|35|52|56)\)",
    ),
    row(
        "tls",
        "network",
        "ssl|certificate|tls|handshake",
        r"SSL certificate problem",
        r"CERTIFICATE_VERIFY_FAILED",
        r"certificate (?:verify failed|has expired)",
        r"TLS handshake",
        r"SSL(?:Error|_ERROR|: )",
        r"unable to get local issuer",
        r"curl: \((?:60|77)\)",
    ),
    row(
        "http_error",
        "network",
        'error from server|an error occurred (|"message":|http |http/|status code|'
        "returned error|too many requests|rate limit|gateway|forbidden|unauthorized|graphql:|"
        "api error|http error|httperror|gh:|403|404|401|429|500|503|422",
        r"^Error from server",
        r"^An error occurred \(\w+\) when calling",
        r"failed: HTTP [45]\d\d\b",
        r"^(?:gh: .{0,200}\(HTTP \d+\)|HTTP [45]\d\d\b|GraphQL: |gh: )",
        r"curl: \(22\)",
        r"returned error: [45]\d\d",
        r"HTTP Error [45]\d\d",
        r"HTTPError: [45]\d\d",
        r"status (?:code:? )?[45]\d\d\b",
        r"\b429 Too Many Requests",
        r"[Rr]ate limit exceeded",
        r"API rate limit",
        r"^ERROR [45]\d\d: ",
        r"\"message\": ?\"Not Found\"",
        r"50[234] (?:Bad Gateway|Service|Gateway)",
        r"HTTP request sent, awaiting response\.\.\. [45]\d\d",
        r"\(HTTP [45]\d\d\)",
        confidence=0.92,
    ),
    row(
        "not_logged_in",
        "network",
        "not logged in|gh auth login|authentication required|login required|unauthenticated|"
        "bad credentials|expired token|401",
        r"gh auth login",
        r"[Nn]ot logged in",
        r"[Aa]uthentication (?:required|failed)",
        r"[Ll]ogin required",
        r"401 Unauthorized",
        r"Bad credentials",
    ),
)
