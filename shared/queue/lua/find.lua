-- keys: known flight record dead
-- include: common hands
-- ARGV: id
-- Returns: {state} or {'completed' | 'dead', entry}
local id = ARGV[1]
local record = redis.call('HGET', K.record, id)
if record then return { 'completed', record } end
local letter = redis.call('HGET', K.dead, id)
if letter then return { 'dead', letter } end
local held = redis.call('HGET', K.flight, id)
if held then return { held == FINISHED and 'finished' or 'in-flight' } end
local state = redis.call('HGET', K.known, id)
if state == 'lane' then return { 'waiting' } end
return { state or 'unknown' }
