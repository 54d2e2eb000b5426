-- keys: orders
-- include: common
-- ARGV: order, then members; none means all that have the order
-- Returns: the members that are free again
local order = ARGV[1]
local named = {}
for i = 2, #ARGV do named[ARGV[i]] = true end
local freed = {}
local orders = redis.call('HGETALL', K.orders)
for i = 1, #orders, 2 do
  if string.match(orders[i + 1], '^(%S+)') == order and (#ARGV == 1 or named[orders[i]]) then
    redis.call('HDEL', K.orders, orders[i])
    freed[#freed + 1] = orders[i]
  end
end
return freed
