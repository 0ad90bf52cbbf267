"""Tries the ways to run the desk on a bare Debian: `docs/operating.md` by its commands, the image by its Dockerfile."""
