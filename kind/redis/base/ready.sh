# The password goes by the environment of the client, which only its own user can read.
cli=$(command -v valkey-cli || command -v redis-cli)
REDISCLI_AUTH=$(cat /etc/redis-secret/password) "$cli" ping | grep -qx PONG
