-- keys: known flight record dead
-- include: common
-- ARGV: id
-- Returns: {state} or {'completed' | 'dead', entry}
local id = ARGV[1]
local record = redis.call('HGET', K.record, id)
if record then return { 'completed', record } end
local letter = redis.call('HGET', K.dead, id)
if letter then return { 'dead', letter } end
if redis.call('HEXISTS', K.flight, id) == 1 then return { 'in-flight' } end
local state = redis.call('HGET', K.known, id)
if state == 'lane' then return { 'waiting' } end
if state == 'result' then return { 'finished' } end
return { state or 'unknown' }
