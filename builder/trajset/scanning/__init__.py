"""Scanning what is about to be shared: a dataset folder, or logs; values are never shown."""

from trajset.scanning.dataset import ScanError, scan_dataset
from trajset.scanning.memory import scan_lines
from trajset.scanning.receipt import Receipt, ScanFinding, load_receipt

__all__ = ["Receipt", "ScanError", "ScanFinding", "load_receipt", "scan_dataset", "scan_lines"]
