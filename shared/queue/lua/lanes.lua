-- Where tasks wait and which is next: for Redis what lane-rule.ts and lanes.ts say, with the same names; a property test plays
-- both (test/shared/queue/lanes.test.ts). The loader gives the rule's figures. Needs line, lane, occupied and waiting.
--
-- Invariants: `occupied` has the lanes that hold tasks, no others; `waiting` is the sum of all lists' lengths.

-- How many wait, once this script knows it.
local known_waiting = nil

local function count_waiting()
  known_waiting = known_waiting or tonumber(redis.call('GET', K.waiting) or 0)
  return known_waiting
end

local function lane_key(lane)
  return KEYS[K.lane + lane]
end

-- Two digits, so that of two buckets that begin at once the lower lane's comes first.
local function lane_name(lane)
  return string.format('%02d', lane)
end

local function times_of(envelope)
  local deadline_at, latest_start = string.match(envelope, '^%S+ %S+ (%S+) (%S+)')
  return tonumber(latest_start), tonumber(deadline_at)
end

local function width_of(level)
  return FIRST_WIDTH_MS * GROWTH ^ level
end

-- The lane of a task that is due at `due` ≥ now, and when its bucket begins.
local function find_place(due, now)
  local ahead = math.min(due - now, (SLOTS - 1) * width_of(LEVELS - 1))
  local level = 0
  while level < LEVELS - 1 and ahead >= (SLOTS - 1) * width_of(level) do level = level + 1 end
  local width = width_of(level)
  local bucket = math.floor((now + ahead) / width)
  return level * SLOTS + bucket % SLOTS, bucket * width
end

local function due_at(latest_start, deadline_at)
  return latest_start + DUE_SHARE * (deadline_at - latest_start)
end

-- One fewer waits; its entry is the caller's to take away.
local function remove_waiting()
  known_waiting = redis.call('DECR', K.waiting)
end

-- An empty lane takes the bucket; another keeps its own, which is the same or one that has passed.
local function push_to_lane(lane, bucket_at, push, envelope)
  if redis.call(push, lane_key(lane), envelope) == 1 then redis.call('ZADD', K.occupied, bucket_at, lane_name(lane)) end
end

-- One more waits: at the tail of its list ('RPUSH'), or at the head ('LPUSH') when it was taken and not worked on.
local function add_waiting(envelope, now, push)
  known_waiting = redis.call('INCR', K.waiting)
  local latest_start, deadline_at = times_of(envelope)
  if DISPATCH == 'fifo' or latest_start < now then
    redis.call(push, K.line, envelope)
    return
  end
  local lane, bucket_at = find_place(due_at(latest_start, deadline_at), now)
  push_to_lane(lane, bucket_at, push, envelope)
end

local function pop_lane(lane)
  local envelope = redis.call('LPOP', lane_key(lane))
  if redis.call('EXISTS', lane_key(lane)) == 0 then redis.call('ZREM', K.occupied, lane_name(lane)) end
  return envelope
end

-- The head of the lane whose bucket begins first; whoever stands wrongly on the way to it is put where it belongs. Else false.
local function pop_first_lane(now)
  for _ = 1, MOST_MOVES do
    local first = redis.call('ZRANGE', K.occupied, 0, 0, 'WITHSCORES')
    if not first[1] then return false end
    local lane, bucket_at = tonumber(first[1]), tonumber(first[2])
    local envelope = pop_lane(lane)
    local latest_start, deadline_at = times_of(envelope)
    if latest_start < now then
      redis.call('RPUSH', K.line, envelope)
    elseif bucket_at + width_of(math.floor(lane / SLOTS)) > now then
      return envelope
    else
      local own, own_bucket_at = find_place(due_at(latest_start, deadline_at), now)
      if own == lane then
        redis.call('LPUSH', lane_key(lane), envelope)
        redis.call('ZADD', K.occupied, own_bucket_at, lane_name(lane))
      else
        push_to_lane(own, own_bucket_at, 'RPUSH', envelope)
      end
    end
  end
  if redis.call('EXISTS', K.line) == 1 then return false end
  return pop_lane(tonumber(redis.call('ZRANGE', K.occupied, 0, 0)[1]))
end

-- Takes the next waiting task for the farm's `claims`-th claim; false when none waits.
local function take_waiting(claims, now)
  local envelope = claims % LATE_EVERY == 0 and redis.call('LPOP', K.line) or pop_first_lane(now) or redis.call('LPOP', K.line)
  if envelope then remove_waiting() end
  return envelope
end

-- Every list that holds tasks: the line, then lanes by bucket.
local function lists_of_waiting()
  local lists = { K.line }
  for _, lane in ipairs(redis.call('ZRANGE', K.occupied, 0, -1)) do lists[#lists + 1] = lane_key(tonumber(lane)) end
  return lists
end
