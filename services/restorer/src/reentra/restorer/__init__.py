"""Plans restores and writes them to Microsoft Graph through a ledger."""
