"""Network out: decides which alerts fire, and tells people of them."""
