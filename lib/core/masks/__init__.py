"""Secrets and personal data, masked before anything is stored: a table of rules, and three ways to apply it."""

from lib.core.masks.columns import mask_lines, mask_texts
from lib.core.masks.payload import mask_payload
from lib.core.masks.rules import RULES, RULES_VERSION, Rule
from lib.core.masks.text import mask_text

__all__ = ["RULES", "RULES_VERSION", "Rule", "mask_lines", "mask_payload", "mask_text", "mask_texts"]
