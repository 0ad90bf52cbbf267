"""Cognito, as AWS serves it: the one door to it, views of a pool, and what AWS answers in plain words."""
