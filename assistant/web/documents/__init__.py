"""The place "Your documents", and the pages of single documents."""
