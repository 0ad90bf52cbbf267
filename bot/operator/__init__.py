"""What an operator asks of the program: the doctor, the manifest, and what is derived from the scenarios."""
