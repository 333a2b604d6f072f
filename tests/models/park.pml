/* park.pml: heaps are parked, adopted and disbanded, and keys go round, under a poster's feet.
 *
 * Code: src/heap/registry.cc (park, adopt, assign_key, disband_into), Lifecycle::arrive and depart,
 * ThreadHeap::leave, PageStore::bequeath, drain_for and deliver in src/heap/delivery.cc; posting
 * and collecting, which inbox.pml takes apart, are single steps here. There are two keys, both
 * given: store 1 (key 1) belongs to a thread that ends, store 2 (key 2) to one that inherits what
 * it can, and two threads start, one of which will find no heap parked and no fresh key. A poster
 * delivers the batch 1, 2 to key 1, which it has read from the tags long ago; block 3 is in the
 * ending thread's bin. All three lie on page 0; page 1 is there for a starting thread to open.
 *
 * K1  A heap has at most one thread, and only that thread touches its bins.
 * K2  A block is put on its page under the lock of the store that has the page, once.
 * K3  When all is still, each page's tag names the key of the store that has the page, a key means
 *     one store or none, and is closed exactly when it means none; a last drain finds every block.
 * There is no deadlock: the registry's lock comes before any store's.
 */
#define nobody 0

#define closed 1 /* in an inbox, which is a set of blocks here: bit n is block n */
#define batch 6  /* blocks 1 and 2 */
#define binned 3

byte inbox[3] = 0;   /* Owner::inbox, by key */
byte owner_store[3]; /* Owner::store, by key */
byte store_key[5];   /* PageStore::key_, by store */
bit store_lock[5];   /* PageStore::lock_ */
byte tag_owner[2];   /* PageTag::owner, by page */
bit registry_lock;
byte parked[3], parked_count; /* Registry::parked_: a stack */
byte blank;                   /* Registry::blank_: a set of stores */
byte free_key;                /* the queue of closed keys: one at most */
byte made = 2;                /* heap_count_ */

byte user[5];        /* ghost: the thread of a heap */
byte page_store[2];  /* ghost: whose shelves the page is on */
byte arrived;        /* ghost: a set of blocks */

inline take_lock(word) { atomic { word == 0 -> word = 1 } }
inline drop_lock(word) { word = 0 }

/* PageStore::put_inbox_with_lock_held, put_one: blocks of page 0 go where the tag says. */
inline put(store, blocks, foreign) {
#ifndef MUTANT_receiver_trusts_batch
  if
  :: blocks != 0 && tag_owner[0] != store_key[store] -> atomic { foreign = blocks; blocks = 0 }
  :: else
  fi;
#endif
  d_step {
    if
    :: blocks != 0 ->
       assert(page_store[0] == store); /* K2 */
       assert((arrived & blocks) == 0);
       arrived = arrived | blocks;
       blocks = 0
    :: else
    fi
  }
}

/* deliver_each: one post per look at the tags; where the inbox is closed, a next look. */
inline deliver_each(blocks) {
  do
  :: blocks != 0 ->
     key = tag_owner[0];
     atomic {
       if
       :: inbox[key] != closed -> inbox[key] = inbox[key] | blocks; blocks = 0
       :: else -> tag_owner[0] != key || inbox[key] != closed /* os::wait_a_moment */
       fi
     }
  :: else -> break
  od;
  key = nobody
}

/* collect: nothing from a closed inbox. */
inline collect(from, blocks) {
  atomic {
    if
    :: inbox[from] != closed -> blocks = inbox[from]; inbox[from] = 0
    :: else
    fi
  }
}

/* heap::close */
inline close(from, blocks) {
  atomic {
    if
    :: inbox[from] != closed -> blocks = inbox[from]; inbox[from] = closed
    :: else
    fi
  }
}

/* PageStore::bequeath; both locks are held. */
inline bequeath(giver, heir) {
  page = 0;
  do
  :: page < 2 ->
     if
     :: page_store[page] == giver ->
        d_step {
#ifndef MUTANT_bequeath_keeps_tags
          tag_owner[page] = store_key[heir];
#endif
          page_store[page] = heir
        }
     :: else
     fi;
     page++
  :: else -> break
  od;
  page = 0
}

/* Registry::park; the store has a key. */
inline park(store) {
  take_lock(registry_lock);
  d_step {
    user[store] = nobody;
    parked[parked_count] = store;
    parked_count++
  }
  drop_lock(registry_lock)
}

/* Registry::adopt */
inline adopt(store) {
  take_lock(registry_lock);
#ifdef MUTANT_adopt_leaves_it_parked
  if
  :: parked_count != 0 ->
     store = parked[parked_count - 1];
     drop_lock(registry_lock);
     take_lock(registry_lock);
     if
     :: parked_count != 0 -> parked_count--
     :: else
     fi
#else
  if
  :: parked_count != 0 -> d_step { parked_count--; store = parked[parked_count] }
#endif
  :: else ->
     atomic {
       if
       :: blank != 0 -> store = blank; blank = 0
       :: else -> made++; store = made
       fi
     }
  fi;
  d_step { assert(user[store] == nobody); user[store] = _pid }; /* K1 */
  drop_lock(registry_lock)
}

/* Registry::give_key_with_lock_held, heap::reopen */
inline give_key(store, given) {
  take_lock(store_lock[store]);
  store_key[store] = given;
  drop_lock(store_lock[store]);
  owner_store[given] = store;
  inbox[given] = 0
}

/* Registry::assign_key: no fresh key is left; a closed one, or that of a parked heap with its
 * pages, or none. */
inline assign_key(store) {
  take_lock(registry_lock);
  if
  :: free_key != nobody ->
     d_step { key = free_key; free_key = nobody };
     give_key(store, key)
  :: free_key == nobody && parked_count != 0 ->
     d_step { parked_count--; other = parked[parked_count] };
#ifndef MUTANT_takeover_without_lock
     take_lock(store_lock[other]);
#endif
     take_lock(store_lock[store]);
     store_key[store] = store_key[other];
     bequeath(other, store);
     store_key[other] = nobody;
     drop_lock(store_lock[store]);
#ifndef MUTANT_takeover_without_lock
     drop_lock(store_lock[other]);
#endif
     owner_store[store_key[store]] = store;
     blank = other /* one at most: nobody else makes heaps blank when keys are short */
  :: else
  fi;
  atomic { other = nobody; key = nobody };
  drop_lock(registry_lock)
}

/* ThreadHeap::drain_inbox; what it would put into a bin goes to the page at once. */
inline drain_inbox(store) {
  collect(store_key[store], blocks);
  take_lock(store_lock[store]);
  put(store, blocks, foreign);
  drop_lock(store_lock[store]);
  deliver_each(foreign)
}

/* Lifecycle::depart: ThreadHeap::leave, then park. */
inline leave() {
  drain_inbox(1);
  assert(user[1] == _pid); /* K1 */
  take_lock(store_lock[1]);
  blocks = 1 << binned;
  put(1, blocks, foreign);
  drop_lock(store_lock[1]);
  deliver_each(foreign)
}

proctype ending() {
  byte key, blocks, foreign;
  user[1] = _pid;
#ifdef MUTANT_parks_before_leaving
  park(1);
  leave()
#else
  leave();
  park(1)
#endif
}

/* A thread's life: arrive, has_key at the first refill, a page, its inbox, depart. */
proctype starting() {
  byte store, key, blocks, foreign, other, page;
  adopt(store);
  if
  :: store_key[store] == nobody -> assign_key(store)
  :: else
  fi;
  if
  :: store_key[store] != nobody ->
     if
     :: page_store[1] == nobody -> /* PageStore::open_page */
        take_lock(store_lock[store]);
        d_step {
          if
          :: page_store[1] == nobody -> page_store[1] = store; tag_owner[1] = store_key[store]
          :: else
          fi
        }
        drop_lock(store_lock[store])
     :: true
     fi;
     assert(user[store] == _pid); /* K1 */
     drain_inbox(store);
     park(store)
  :: else /* shares the heap of those who have none */
  fi
}

/* Registry::disband_into, by the thread of store 2, which needs pages. The longest parked first. */
proctype disbander() {
  byte store, key, blocks, foreign, old, page;
  take_lock(registry_lock);
  if
  :: parked_count != 0 ->
     d_step {
       store = parked[0];
       parked[0] = parked[1];
       parked[1] = parked[2];
       parked_count--;
       old = store_key[store]
     }
#ifdef MUTANT_key_free_before_tags
     close(old, blocks);
     owner_store[old] = nobody;
     free_key = old;
     drop_lock(registry_lock);
#endif
#ifndef MUTANT_disband_without_lock
     take_lock(store_lock[store]);
#endif
#ifndef MUTANT_key_free_before_tags
     close(old, blocks);
#endif
     put(store, blocks, foreign);
     take_lock(store_lock[2]);
     bequeath(store, 2);
     store_key[store] = nobody;
     drop_lock(store_lock[2]);
#ifndef MUTANT_disband_without_lock
     drop_lock(store_lock[store]);
#endif
#ifndef MUTANT_key_free_before_tags
     owner_store[old] = nobody;
     free_key = old;
     drop_lock(registry_lock);
#endif
     deliver_each(foreign)
     /* The store becomes blank; with so few threads nobody would take it up. */
  :: else -> drop_lock(registry_lock)
  fi
}

/* deliver, for who has read the tags before they changed: Outbox::post_entry. */
proctype poster() {
  byte key, blocks = batch;
  atomic {
    if
    :: inbox[1] != closed -> inbox[1] = inbox[1] | blocks; blocks = 0
    :: else
    fi
  }
  deliver_each(blocks)
}

/* drain_for, by a poster that nobody answers. */
proctype third_party() {
  byte store, key, blocks, foreign;
  store = owner_store[1];
  if
  :: atomic { store != nobody && store_lock[store] == 0 -> store_lock[store] = 1 };
     if
     :: store_key[store] == 1 -> collect(1, blocks)
     :: else
     fi;
     put(store, blocks, foreign);
     drop_lock(store_lock[store]);
     deliver_each(foreign)
  :: store == nobody || store_lock[store] == 1 /* the try failed */
  fi
}

init {
  byte key, blocks, foreign, other;
  atomic {
    store_key[1] = 1;
    store_key[2] = 2;
    owner_store[1] = 1;
    owner_store[2] = 2;
    tag_owner[0] = 1;
    page_store[0] = 1;
    user[2] = _pid;
    run ending();
    run poster();
    run disbander();
    run third_party();
    run starting();
    run starting();
    (_nr_pr == 1) -> other = 0
  }
  do /* K3 */
  :: other < 5 ->
     key = store_key[other];
     if
     :: key != nobody ->
        assert(owner_store[key] == other && inbox[key] != closed && free_key != key);
        collect(key, blocks);
        put(other, blocks, foreign);
        deliver_each(foreign)
     :: else
     fi;
     other++
  :: else -> break
  od;
  other = 1;
  do
  :: other < 3 ->
     assert(owner_store[other] != nobody || (inbox[other] == closed && free_key == other));
     blocks = blocks | (inbox[other] & batch);
     other++
  :: else -> break
  od;
  assert((arrived & blocks) == 0);
  assert((arrived | blocks) == (batch | 1 << binned));
  assert(tag_owner[0] == store_key[page_store[0]]);
  assert(page_store[1] == nobody || tag_owner[1] == store_key[page_store[1]])
}
