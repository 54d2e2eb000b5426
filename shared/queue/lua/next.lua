-- Which waiting task is next where the first lane's head stands wrongly. Needs lanes.

-- The head of the lane whose bucket begins first; whoever stands wrongly on the way to it is put where it belongs. Else false.
local function pop_first_lane(now)
  local moves = 0
  while moves < MOST_MOVES do
    local name, bucket_at = unpack(redis.call('ZRANGE', K.occupied, '0', '0', 'WITHSCORES'))
    if not name then return false end
    local lane = tonumber(name)
    local header = redis.call('LPOP', K.lane .. name)
    if not header then
      redis.call('ZREM', K.occupied, name)
    else
      local latest_start, deadline_at = times_of(header)
      if latest_start < now then
        redis.call('RPUSH', K.line, header)
      elseif name == FRONT or bucket_at + width_of(math.floor(lane / SLOTS)) > now then
        return header
      else
        local own, own_bucket_at = find_place(due_at(latest_start, deadline_at), now)
        if own == lane then
          redis.call('LPUSH', K.lane .. name, header)
          redis.call('ZADD', K.occupied, own_bucket_at, name)
        else
          push_to_lane(lane_name(own), own_bucket_at, 'RPUSH', header)
        end
      end
      moves = moves + 1
    end
  end
  if redis.call('EXISTS', K.line) == 1 then return false end
  for _, lane in ipairs(redis.call('ZRANGE', K.occupied, 0, -1)) do
    local header = redis.call('LPOP', K.lane .. lane)
    if header then return header end
  end
  return false
end
