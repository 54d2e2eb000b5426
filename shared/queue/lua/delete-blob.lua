-- keys: blob blobExpiry blobSize counters
-- include: common blob
-- ARGV: id
-- Returns: 1 when there was one
return drop_blob(ARGV[1]) and 1 or 0
