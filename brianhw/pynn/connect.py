from typing import *
import numpy as np
from pyNN.connectors import *
class C(NamedTuple):
    i: Any
    j: Any
    values: Any
def connect(c,p):
    lists=[]
    class Q:
        def __getattr__(self,n): return getattr(p,n)
        def _convergent_connect(self,i,j,location_selector=None,**kw): lists.append((np.asarray(i),j,kw))
    c.connect(Q())
    if not lists: return C(np.empty(0,int),np.empty(0,int),{"weight":0.,"delay":.1})
    i=np.concatenate([l[0] for l in lists]); j=np.concatenate([np.full(len(l[0]),l[1]) for l in lists])
    v={k:np.concatenate([np.broadcast_to(l[2][k],len(l[0])) for l in lists]) for k in lists[0][2]}
    v={k:(x[0] if (x==x[0]).all() else x) for k,x in v.items()}
    return C(i,j,v)
def evaluate(v,p,i,j):
    x=v.evaluate(simplify=True)
    return x[i,j] if np.ndim(x) else x
