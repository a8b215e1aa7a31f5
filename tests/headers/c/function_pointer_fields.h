struct ops {
    int (*open)(const char *path, int flags);
    void (*close)(struct ops *self);
    int (*table[3])(struct ops *, int);
    int (*(*factory)(void))(int);
    void (**slots)(void);
};
