"""Facts about Microsoft's directory as data; see NOTICE for where they come from."""
