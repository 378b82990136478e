"""Other service offerings for machines that exist, and how large machines are."""
