"""A Slack workspace on this machine that an unmodified Bolt app talks to through Slack's own protocols."""
