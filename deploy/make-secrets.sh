#!/bin/sh
# make-secrets.sh [FOLDER]: passwords and tokens for compose.yaml and kubernetes/, each in a file of its own;
# digests of them for those who check them. What is there already stays. FOLDER is deploy/secrets if not given.
set -eu
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
chmod 700 "$folder" # the files can be read by any user of a container, the folder by you alone

for name in admin_password ledger_password reader_password senders_token reader_token grafana_password; do
    [ -s "$folder/$name" ] || head -c 24 /dev/urandom | od -An -vtx1 | tr -d ' \n' > "$folder/$name"
done

digest() { sha256sum < "$folder/$1" | cut -d ' ' -f 1; }

cat > "$folder/digests.env" <<END
SENDERS_SHA256=$(digest senders_token)
READERS_SHA256=$(digest reader_token)
END
cat > "$folder/passwords.xml" <<END
<clickhouse><users>
    <admin><password_sha256_hex>$(digest admin_password)</password_sha256_hex></admin>
    <spantally><password_sha256_hex>$(digest ledger_password)</password_sha256_hex></spantally>
    <grafana><password_sha256_hex>$(digest reader_password)</password_sha256_hex></grafana>
</users></clickhouse>
END
chmod 444 "$folder"/*
echo "secrets are in $folder"
