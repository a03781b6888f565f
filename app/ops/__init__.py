"""What keeps the service running: secrets, logging, backups, the server's hooks."""
