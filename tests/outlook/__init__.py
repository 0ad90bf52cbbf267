"""Random states of pools, people and providers: what the desk predicts for them, and what Cognito really answers."""
