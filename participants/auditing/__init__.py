"""What an auditor asks of the record book: samples nobody steers, an object as it stood, changes of rules and rights, duties kept apart."""
