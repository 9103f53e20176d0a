"""A Hub on this machine: the HTTP API of huggingface.co, as far as `huggingface_hub` speaks it.

`with LocalHub() as hub:` starts it; `hub.url` is what HF_ENDPOINT must be. The state is in
`store.py`, what a request does in `api.py` (repositories), `lfs.py` (large files) and `files.py`
(reading), faults on demand in `faults.py`, HTTP in `server.py`.
"""

from hub.faults import Fault
from hub.server import LocalHub
from hub.store import Account, Repository

__all__ = ["Account", "Fault", "LocalHub", "Repository"]
