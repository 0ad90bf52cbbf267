"""One scenario per file: what an agent can ask of the desk."""
