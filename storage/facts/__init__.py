"""What is known of integrations at an instant, read for all of them at once: `core.facts.Facts`."""

from storage.facts.gather import facts, facts_of, facts_within

__all__ = ["facts", "facts_of", "facts_within"]
