"""PostgreSQL and Valkey from wheels, and the supervisor that runs them. No Django in here."""
