"""What the API answers with: models of its own, so that no change inside shows unasked."""
