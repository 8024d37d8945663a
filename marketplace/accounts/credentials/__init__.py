"""What proves who somebody is: passwords, second factors, tokens and sessions."""
