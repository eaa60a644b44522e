// Buttons for what a person can do, from /actions; what was refused is shown in #said.
const by = id => document.getElementById(id);
function add(parent, tag, text, cls){const e=document.createElement(tag);if(text!==undefined)e.textContent=text;if(cls)e.className=cls;parent.append(e);return e}
async function act(action,form){
 const given={action:action.action};
 for(const p of action.parameters){const v=form.elements[p.name].value;if(v!=="")given[p.name]=p.kind==="str"?v:Number(v)}
 const r=await fetch("/do",{method:"POST",body:JSON.stringify(given)});
 by("said").textContent=r.ok?"":(await r.json()).error;
}
async function words(){
 const {actions}=await (await fetch("/actions")).json();const box=by("actions");let group="";
 for(const a of actions){
  if(a.group!==group){group=a.group;add(box,"h2",group)}
  const form=add(box,"form");const b=add(form,"button",a.chinese+" · "+a.action);b.title=a.explanation;
  for(const p of a.parameters){const i=add(form,"input");i.name=p.name;i.placeholder=p.name;i.setAttribute("aria-label",p.name);if(p.default!==null)i.value=p.default}
  form.addEventListener("submit",e=>{e.preventDefault();act(a,form)});
 }
}
