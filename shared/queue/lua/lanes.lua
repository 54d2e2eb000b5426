-- Where tasks wait and which is next: for Redis what lane-rule.ts and lanes.ts say, with the same names; a property test plays
-- both (test/shared/queue/lanes.test.ts). The loader gives the rule's figures. Needs line, lane, occupied and counters.
--
-- Invariants: every lane that holds tasks is in `occupied`, by when its bucket begins (one that does not is taken out of it by
-- the next claim that comes upon it); `waiting`, how many were put down and not taken for good, less the claims that the epoch
-- counts, is the sum of all lists' lengths.

-- How many wait, once this script knows it.
local known_waiting = nil

local function count_waiting()
  if not known_waiting then
    local counters = redis.call('HMGET', K.counters, 'placed', 'epoch')
    known_waiting = (counters[1] or 0) - (counters[2] or 0)
  end
  return known_waiting
end

-- Two digits, so that of two buckets that begin at once the lower lane's comes first.
local function lane_name(lane)
  return string.format('%02d', lane)
end

-- Latest start and deadline.
local function times_of(envelope)
  local generated_at, expected_ms, deadline_ms = string.match(envelope, '^%S+ (%S+) (%S+) (%S+)')
  local deadline_at = generated_at + deadline_ms
  return deadline_at - expected_ms, deadline_at
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

-- So many more wait (or fewer: their entries are the caller's to take away); what a claim takes is counted by its epoch.
local function count_placed(n)
  redis.call('HINCRBY', K.counters, 'placed', n)
  known_waiting = nil
end

-- An empty lane takes the bucket; another keeps its own, which is the same or one that has passed.
local function push_to_lane(lane, bucket_at, push, envelope)
  local name = lane_name(lane)
  if redis.call(push, K.lane .. name, envelope) == 1 then redis.call('ZADD', K.occupied, bucket_at, name) end
end

local function put_down(envelope, now, push)
  local latest_start, deadline_at = times_of(envelope)
  if DISPATCH == 'fifo' or latest_start < now then
    redis.call(push, K.line, envelope)
    return
  end
  local lane, bucket_at = find_place(due_at(latest_start, deadline_at), now)
  push_to_lane(lane, bucket_at, push, envelope)
end

-- One more waits: at the tail of its list ('RPUSH'), or at the head ('LPUSH') when it was taken and not worked on.
local function add_waiting(envelope, now, push)
  count_placed(1)
  put_down(envelope, now, push)
end

-- The lane whose bucket begins first, and when: looked up once while tasks are taken from it, one after the other.
local first_lane, first_bucket_at = nil, nil

-- The head of the lane whose bucket begins first; whoever stands wrongly on the way to it is put where it belongs. Else false.
local function pop_first_lane(now)
  local moves = 0
  while moves < MOST_MOVES do
    if not first_lane then
      first_lane, first_bucket_at = unpack(redis.call('ZRANGE', K.occupied, '0', '0', 'WITHSCORES'))
      if not first_lane then return false end
    end
    local name, lane, bucket_at = first_lane, tonumber(first_lane), tonumber(first_bucket_at)
    local envelope = redis.call('LPOP', K.lane .. name)
    if not envelope then
      redis.call('ZREM', K.occupied, name)
      first_lane = nil
    else
      local latest_start, deadline_at = times_of(envelope)
      if latest_start < now then
        redis.call('RPUSH', K.line, envelope)
      elseif bucket_at + width_of(math.floor(lane / SLOTS)) > now then
        return envelope
      else
        local own, own_bucket_at = find_place(due_at(latest_start, deadline_at), now)
        first_lane = nil
        if own == lane then
          redis.call('LPUSH', K.lane .. name, envelope)
          redis.call('ZADD', K.occupied, own_bucket_at, name)
        else
          push_to_lane(own, own_bucket_at, 'RPUSH', envelope)
        end
      end
      moves = moves + 1
    end
  end
  if redis.call('EXISTS', K.line) == 1 then return false end
  for _, lane in ipairs(redis.call('ZRANGE', K.occupied, 0, -1)) do
    local envelope = redis.call('LPOP', K.lane .. lane)
    if envelope then return envelope end
  end
  return false
end

-- Takes the next waiting task for the farm's `claims`-th claim; false when none waits.
local function take_waiting(claims, now)
  return claims % LATE_EVERY == 0 and redis.call('LPOP', K.line) or pop_first_lane(now) or redis.call('LPOP', K.line)
end

-- Every list that holds tasks: the line, then lanes by bucket.
local function lists_of_waiting()
  local lists = { K.line }
  for _, lane in ipairs(redis.call('ZRANGE', K.occupied, 0, -1)) do lists[#lists + 1] = K.lane .. lane end
  return lists
end
