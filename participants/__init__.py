"""参与方 Organisations, people, roles, admission, standing, venue, calendar, parameters."""
