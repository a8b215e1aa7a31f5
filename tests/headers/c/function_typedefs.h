typedef int callback(int code, void *data);
callback default_callback;
int register_callback(callback *cb);
int register_plain(callback cb);
struct holder { callback *cb; };
extern callback *current;
