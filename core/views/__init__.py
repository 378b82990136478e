"""What callers see of each kind of record: CloudStack's objects with CloudStack's field names."""
