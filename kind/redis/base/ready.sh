# The password goes by the environment of the client, which only its own user can read.
REDISCLI_AUTH=$(cat /etc/redis-secret/password) valkey-cli ping | grep -qx PONG
