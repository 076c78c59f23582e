"""Files that leave the house take a signed packing list along, so that each byte of them can be verified elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from ritornello.proof.packing import SUFFIX, Item, PackingError, packed, packing_list, read_list
from ritornello.workflows.house import House


def list_of(house: House, items: Iterable[Item], at: datetime) -> bytes:
    """The list of these files, signed by the house. Raises `PackingError` for none, or two of one name."""
    return packing_list(house.keys(at), items, at)


def with_list(house: House, files: Mapping[str, bytes], at: datetime) -> bytes:
    """The files with their list in one ZIP."""
    return packed(files, list_of(house, (Item.of(name, content) for name, content in files.items()), at))


def hand_out(house: House, path: Path, content: bytes, at: datetime) -> Path:
    """Write a file and its list beside it, each whole or not at all; where the list is."""
    listed = list_beside(path)
    whole(path, content)
    whole(listed, list_of(house, [Item.of(path.name, content)], at))
    return listed


def list_beside(path: Path) -> Path:
    """Where the list of a file that lies alone is: `statement.pdf` has `statement.pdf.packing.json`."""
    return path.with_name(path.name + SUFFIX)


def as_listed(house: House, listed: Path, folder: Path, items: Iterable[Item], at: datetime) -> bool:
    """Whether just these files lie in the folder, and a list of this house is there that says so."""
    try:
        known = read_list(listed.read_bytes(), house.keys(at).trusted())
        here = [Item.of_file(folder / item.name) for item in known.items]
    except (FileNotFoundError, PackingError):
        return False
    return bool(known.verdict) and sorted(here) == sorted(known.items) == sorted(items)


def whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)
