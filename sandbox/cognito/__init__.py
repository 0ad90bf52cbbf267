"""Cognito user pools on this machine: moto's, with an overlay for what moto lacks."""

from sandbox.cognito.contested import Contested
from sandbox.cognito.server import CognitoServer

__all__ = ["CognitoServer", "Contested"]
