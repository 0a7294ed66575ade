"""What a scan says of itself: findings first, numbers for captions, tables as pages."""
