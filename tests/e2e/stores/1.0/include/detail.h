typedef unsigned long long plain_id;
