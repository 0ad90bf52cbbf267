"""A Slack workspace and a Cognito user pool on this machine, for trying, teaching and testing."""
