"""Amazon Cognito's user pools on this machine, and the SES they send with: moto, and an overlay for what it lacks."""
