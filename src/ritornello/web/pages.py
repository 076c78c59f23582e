"""The pages. Each reads in one transaction, fills a view, and draws it."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
