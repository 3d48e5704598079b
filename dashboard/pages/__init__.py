"""The pages: each module exports its PAGE, and its helpers start with an underscore."""
