"""Amazon SES as far as the desk looks into it and a pool sends with it: no mail leaves this machine."""
